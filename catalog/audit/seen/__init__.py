"""What an audit looks at outside the records: files that answer, what they are, tables that fit."""
