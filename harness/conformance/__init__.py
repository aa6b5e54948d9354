"""The provider put to the test: does a sandbox, a staging system or a mock keep its own OpenAPI document?"""
