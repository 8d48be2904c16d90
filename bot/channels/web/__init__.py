"""The chat page: a channel of our own for every browser, with or without JavaScript, read or heard.

It stores what arrives in the inbox, keeps the last hundred lines of each talk so that a page can be drawn again, and
shows what the relay hands over. It understands nothing, decides nothing about books, and knows no reader: who he is
stands in the talk, which the dialogue keeps.
"""

from bot.channels.web.channel import PortTaken, Web

__all__ = ["PortTaken", "Web"]
