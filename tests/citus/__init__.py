"""What is promised of a Citus cluster, tried on one."""
