//! Harness and contract suite for plugin authors.
