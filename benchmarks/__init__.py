"""What `make bench` runs: Slotledger's speed, PostgreSQL's own speed, and the speed of other tools.

A race measures contenders in turns. A contender is a program that answers requests, or a statement that pgbench runs. A
peer is a contender that isn't ours: a tool that people might use instead of Slotledger (`benchmarks/peers`).
"""
