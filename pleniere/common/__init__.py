"""The ground floor: money, nights, moves, words. No model and no word of the trade."""
