"""Webhooks: tells a tenant's own systems what happened to its contacts, until they heard."""
