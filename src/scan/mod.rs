//! The scan: which windows there are (`plan`), and how their scores become circles. Pure functions.
