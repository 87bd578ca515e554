"""From where a secret lives to the Secret the pods mount. Values stay in memory and never show in a repr."""
