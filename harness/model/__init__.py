"""Plain data that every layer shares. No module here does anything but hold, order and measure values."""
