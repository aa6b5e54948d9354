"""Real clients, each as small as its library allows, for `test_real_clients.py`."""
