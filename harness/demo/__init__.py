"""Small real clients of Stripe: a careful and a careless one for `harness demo` to judge; for `harness load demo` one
that spares a provider in trouble, and one that does not."""
