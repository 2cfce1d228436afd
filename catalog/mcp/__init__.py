"""The catalogue for programs that read on their own: an MCP server with search, describe, query and cite."""
