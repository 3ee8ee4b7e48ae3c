"""The event log, leases, tenants and live partials on NATS: one server or a cluster."""
