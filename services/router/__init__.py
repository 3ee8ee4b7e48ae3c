"""Who answers for a model: in this process, or at endpoints that the settings name."""
