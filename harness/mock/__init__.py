"""What the provider does with a request: a contract, its behaviour and a lane's memory in, an answer out."""
