//! FileStream source and sink.
