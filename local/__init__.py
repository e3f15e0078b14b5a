"""What runs on your machine: the development server with its PostgreSQL, a stand-in for AWS, and a Citus cluster."""
