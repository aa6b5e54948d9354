# A customer is charged and gets half of it back. Run by `harness record`.
set -e
api=https://api.stripe.com/v1
ask() { curl -sS -u "$STRIPE_API_KEY:" "$@"; }
field() { sed 's/.*"'"$1"'":"\([^"]*\)".*/\1/'; }

customer=$(ask $api/customers -d email=ada@example.com -d name=Ada -H 'Idempotency-Key: customer-1' | sed 's/{"id":"\([^"]*\)".*/\1/')
charge=$(ask $api/charges -d amount=2000 -d currency=eur -d customer="$customer" -d source=tok_visa -H 'Idempotency-Key: charge-1' | sed 's/{"id":"\([^"]*\)".*/\1/')
ask $api/refunds -d charge="$charge" -d amount=1000 -H 'Idempotency-Key: refund-1'
ask $api/charges/"$charge"
ask $api/charges/ch_there_is_none
