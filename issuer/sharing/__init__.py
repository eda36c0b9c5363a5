"""Share links: a page for anybody whom the holder gives the link, its QR code, and the credential itself."""
