//! `VersionRange.createFromVersionSpec`, as `PluginVersionUtils` uses it (KIP-891).

use super::Version;

/// The versions that a configuration allows. Its `Display` is Maven's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange(Vec<Restriction>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Restriction {
    lower: Option<Version>,
    lower_inclusive: bool,
    upper: Option<Version>,
    upper_inclusive: bool,
}

/// A text that is no range. The `Display` is what REST says where only a version was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid version specification: {text}")]
pub struct InvalidRange {
    /// What was asked for.
    pub text: String,
    /// Maven's sentence about it, which REST says where a connector is created.
    pub why: String,
}

impl VersionRange {
    /// Reads `*.plugin.version`. Nothing and `latest` allow all versions (`None`); a bare version
    /// allows that one only.
    pub fn parse(text: Option<&str>) -> Result<Option<Self>, InvalidRange> {
        let Some(text) = text.map(str::trim).filter(|text| *text != "latest") else { return Ok(None) };
        let parsed = match Self::restrictions(text) {
            // Maven takes it for a mere recommendation, Connect for a demand.
            Ok(ranges) if ranges.is_empty() => Self::restrictions(&format!("[{text}]")),
            parsed => parsed,
        };
        parsed.map(|ranges| Some(Self(ranges))).map_err(|why| InvalidRange { text: text.to_owned(), why })
    }

    /// The sets of a specification; none for a bare version.
    fn restrictions(spec: &str) -> Result<Vec<Restriction>, String> {
        let mut ranges: Vec<Restriction> = Vec::new();
        let mut rest = spec;
        while rest.starts_with(['[', '(']) {
            let end = rest.find([')', ']']).ok_or_else(|| format!("Unbounded range: {spec}"))?;
            let restriction = Restriction::parse(&rest[..=end])?;
            if let Some(Some(upper)) = ranges.last().map(|r| &r.upper)
                && restriction.lower.as_ref().is_none_or(|lower| lower < upper)
            {
                return Err(format!("Ranges overlap: {spec}"));
            }
            ranges.push(restriction);
            rest = rest[end + 1..].trim();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim();
        }
        if !rest.is_empty() && !ranges.is_empty() {
            return Err(format!("Only fully-qualified sets allowed in multiple set scenario: {spec}"));
        }
        Ok(ranges)
    }

    /// Whether it allows `version`.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().any(|r| r.contains(version))
    }
}

impl Restriction {
    /// Reads one set, brackets and all.
    fn parse(text: &str) -> Result<Self, String> {
        let (lower_inclusive, upper_inclusive) = (text.starts_with('['), text.ends_with(']'));
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default().trim();
        let Some((lower, upper)) = inner.split_once(',') else {
            let version = Some(Version::new(inner));
            if !(lower_inclusive && upper_inclusive) {
                return Err(format!("Single version must be surrounded by []: {text}"));
            }
            return Ok(Self { lower: version.clone(), lower_inclusive, upper: version, upper_inclusive });
        };
        let bound = |text: &str| Some(text.trim()).filter(|t| !t.is_empty()).map(Version::new);
        let (lower, upper) = (bound(lower), bound(upper));
        if let (Some(lower), Some(upper)) = (&lower, &upper)
            && (upper < lower || (upper == lower && !(lower_inclusive && upper_inclusive)))
        {
            return Err(format!("Range defies version ordering: {text}"));
        }
        Ok(Self { lower, lower_inclusive, upper, upper_inclusive })
    }

    fn contains(&self, version: &Version) -> bool {
        self.lower.as_ref().is_none_or(|low| low < version || (self.lower_inclusive && low == version))
            && self
                .upper
                .as_ref()
                .is_none_or(|high| version < high || (self.upper_inclusive && high == version))
    }
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, r) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let bound = |v: &Option<Version>| v.as_ref().map(ToString::to_string).unwrap_or_default();
            let (open, close) =
                (if r.lower_inclusive { '[' } else { '(' }, if r.upper_inclusive { ']' } else { ')' });
            write!(f, "{comma}{open}{},{}{close}", bound(&r.lower), bound(&r.upper))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> VersionRange {
        VersionRange::parse(Some(text)).expect("valid").expect("a range")
    }

    #[test]
    fn ranges_allow_what_mavens_do() {
        let cases = [
            ("1.0", "[1.0,1.0]", vec!["1.0", "1"], vec!["1.1", "0.9"]),
            ("[1,2)", "[1,2)", vec!["1.0", "1.9"], vec!["2", "2.0", "0.9"]),
            ("(,1.5]", "(,1.5]", vec!["0.1", "1.5"], vec!["1.5.1"]),
            ("[1,2),[3,4]", "[1,2),[3,4]", vec!["1", "3", "4"], vec!["2", "2.5", "4.1"]),
            (" [1 , 2] , (3,) ", "[1,2],(3,)", vec!["2", "9"], vec!["3"]),
        ];
        for (text, shown, inside, outside) in cases {
            let range = range(text);
            assert_eq!(range.to_string(), shown);
            assert!(inside.iter().all(|v| range.contains(&Version::new(*v))), "{text} allows {inside:?}");
            assert!(
                !outside.iter().any(|v| range.contains(&Version::new(*v))),
                "{text} does not allow {outside:?}"
            );
        }
        assert_eq!(VersionRange::parse(None), Ok(None));
        assert_eq!(VersionRange::parse(Some("latest")), Ok(None));
    }

    #[test]
    fn what_is_no_range_is_said_in_connects_words() {
        let set = "Only fully-qualified sets allowed in multiple set scenario";
        for (text, why) in [
            ("[1", "Unbounded range: [1".to_owned()),
            ("[1,2", "Unbounded range: [1,2".to_owned()),
            ("(1)", "Single version must be surrounded by []: (1)".to_owned()),
            ("[2,1]", "Range defies version ordering: [2,1]".to_owned()),
            ("[1,1)", "Range defies version ordering: [1,1)".to_owned()),
            ("[1,3],[2,4]", "Ranges overlap: [1,3],[2,4]".to_owned()),
            ("[1,2]3", format!("{set}: [1,2]3")),
            ("[1,2],3", format!("{set}: [1,2],3")),
            ("]", format!("{set}: []]")),
        ] {
            let error = VersionRange::parse(Some(text)).expect_err(text);
            assert_eq!(error.to_string(), format!("Invalid version specification: {text}"));
            assert_eq!(error.why, why);
        }
        assert_eq!(range("").to_string(), "[,]");
        assert_eq!(range("1,2").to_string(), "[1,2]");
    }
}
