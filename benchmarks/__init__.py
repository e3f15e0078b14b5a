"""The benchmarks of `make bench`. They measure Slotledger, PostgreSQL alone, and other tools.

A contender is a program that answers requests, or a statement that pgbench runs. A race measures several contenders in
turns. A peer is a contender that isn't ours: a tool that people might use instead of Slotledger (`benchmarks/peers`).
"""
