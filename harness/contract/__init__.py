"""What a provider promised: its OpenAPI document as a contract, its behaviour as data. Only `files` touches disk."""
