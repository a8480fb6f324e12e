//! Integration tests live in `it/`. Here are the README's programs, which must compile.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
