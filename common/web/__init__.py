"""The only HTTP: the endpoint decorator, who is calling, what may be sent, what is answered."""
