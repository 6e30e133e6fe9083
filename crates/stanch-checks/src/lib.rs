//! What is wrong?
