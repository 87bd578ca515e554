"""What keeps the Helm chart right: linted, its objects valid, its values' schema following the CRDs."""
