"""Two small real clients of Stripe, one careful and one careless, for `harness demo` to judge."""
