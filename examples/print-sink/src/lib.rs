//! The smallest useful sink: it prints the value of each record.
use ferry_sdk::java;
use ferry_sdk::prelude::*;
use std::io::Write;

/// Prints what it gets.
#[derive(Config)]
pub struct Settings {
    /// Text before each line.
    #[config(default = "> ")]
    prefix: String,
}
pub struct Print(Settings);

impl Sink for Print {
    type Config = Settings;
    fn start(settings: Settings, _: &SinkContext) -> Result<Self> {
        Ok(Self(settings))
    }
    fn put(&mut self, _: &SinkContext, batch: Batch) -> Result<()> {
        let mut out = std::io::stdout().lock();
        for record in batch.records() {
            let text = java::to_string(record.value_schema(), record.value());
            writeln!(out, "{}{text}", self.0.prefix)
                .map_err(|e| Error::retriable("cannot print").source(&e))?;
        }
        Ok(())
    }
}
ferry_sdk::plugin! { sink "org.example.PrintSink" => Print }
