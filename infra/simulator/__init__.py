"""A server that speaks GetDataEndpoint and GetMedia and plays recordings as calls."""
