//! The smallest useful source: a counter that goes on where it was after a restart.
use ferry_sdk::prelude::*;
/// Emits an increasing counter.
#[derive(Config)]
pub struct Settings {
    /// Topic to write to.
    #[config(non_empty)]
    topic: String,
    /// Records per second.
    #[config(default = 10, range(1..=1000))]
    rate: u32,
}
pub struct Counter(Settings, Value, i64);

impl Source for Counter {
    type Config = Settings;
    fn start(settings: Settings, ctx: &SourceContext) -> Result<Self> {
        let partition = Value::map([("counter", "main")]);
        let last = ctx.offset(&partition)?.and_then(|offset| offset.get("last")?.as_i64());
        Ok(Self(settings, partition, last.unwrap_or(0)))
    }
    fn poll(&mut self, ctx: &SourceContext, out: &mut Records<'_>) -> Result<()> {
        if !ctx.sleep(Duration::from_secs(1) / self.0.rate) {
            self.2 += 1;
            out.to(&self.0.topic).value(self.2).offset(&self.1, &Value::map([("last", self.2)])).send();
        }
        Ok(())
    }
}
ferry_sdk::plugin! { source "org.example.CounterSource" => Counter }
