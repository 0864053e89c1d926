"""What runs inside the sandbox: standard library only, mounted there alone, without the rest of `swarm`."""
