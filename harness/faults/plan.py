"""A plan says which faults are played when. Data in YAML; a pure decision per request, with counted state.

rules:
  - fault: status.error            # or faults: [...], played in order
    with: {status: 503}
    operation: GetCustomers        # an id, a list of ids, or a glob; absent: any
    method: POST
    header: {x-team: "blue.*"}     # header name: regular expression that must match the whole value
    nth: 1                         # of the requests that match: 3, "1-3", "every 5"; absent: all
    share: 0.2                     # of those, this share, by seeded luck
    between_s: [5, 30]             # seconds since the plan was set
  - script: [503, 503, pass]       # drains per call: statuses, fault ids, or pass; then healthy
"""
