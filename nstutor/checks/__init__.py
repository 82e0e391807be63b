"""What the kernel can confirm: one file a family."""
