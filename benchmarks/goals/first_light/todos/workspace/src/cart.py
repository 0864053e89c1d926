"""The cart."""


# TODO: check the currency
def total(prices):
    return sum(prices)


# TODO: rebates
def is_empty(prices):
    return not prices
