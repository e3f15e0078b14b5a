"""The development server: everything on one machine, with nothing installed beforehand."""
