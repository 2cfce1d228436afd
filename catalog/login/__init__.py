"""Who people are: our own passwords, the agency's directory, and providers of OpenID Connect."""
