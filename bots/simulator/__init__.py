"""Slack, Discord and Telegram at wire level on loopback, for the playground and the tests.

Written from the platforms' documentation; imports nothing of the product.
"""
