"""The commands `export` and `import`: users with their accounts, passkeys and sessions, as lines of JSON."""
