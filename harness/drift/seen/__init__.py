"""What the live provider was seen to do: beside its contract, beside recordings, and the contract that it implies."""
