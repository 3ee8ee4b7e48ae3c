"""What keeps something of contacts, as an erasure counts and clears it."""
