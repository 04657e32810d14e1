//! Chance in tests.

/// Random numbers that a failing test can name and repeat.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// From `FERRY_SEED`, else from the clock; printed, and so shown when the test fails.
    pub fn seeded() -> Self {
        let seed = std::env::var("FERRY_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |d| d.as_nanos() as u64)
        });
        println!("FERRY_SEED={seed}");
        Self(seed | 1)
    }

    /// The same numbers every time, unless `FERRY_SEED` says others.
    pub fn fixed(seed: u64) -> Self {
        if std::env::var_os("FERRY_SEED").is_some() {
            return Self::seeded();
        }
        println!("FERRY_SEED={seed}");
        Self(seed | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}
