// Does nothing: the price of a start.
export {};
