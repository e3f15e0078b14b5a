"""HTTP: the endpoint decorator, authentication, requests and answers."""
