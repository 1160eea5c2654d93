"""Stock prices: a synthetic day, said to be so in the legend; or a real one: `python stock_prices.py BTC-USD`."""

from stock_ticks import ticks

from windsock.client import Stream

stock = Stream("stock", "area", name="Stock price", unit="$", decimals=2, active_points=600)
for origin, price in ticks():
    stock.send({origin: price})
