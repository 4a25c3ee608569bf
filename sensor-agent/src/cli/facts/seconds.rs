//! Times as the schema writes them.

use sensor_protocols::time::Timestamp;

/// Seconds to the microsecond. The schema's numbers were rounded after they had become floating
/// point numbers, which at today's times are 0.24 microseconds apart; so are these.
pub(super) fn seconds(time: Timestamp) -> f64 {
    const NANOS: u64 = 1_000_000_000;
    let nanos = time.as_nanos();
    let exact = format!("{}.{:09}", nanos / NANOS, nanos % NANOS);
    let nearest: f64 = exact.parse().unwrap_or_default();
    format!("{nearest:.6}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Last packets of `tricotools_triton_exec.pcap` and of a capture with whole microseconds.
    #[test]
    fn times_are_rounded_as_the_oracle_rounds_them() {
        let at = |nanos| seconds(Timestamp::from_nanos(nanos)).to_string();
        assert_eq!(at(1_521_551_586_462_161_465), "1521551586.462162");
        assert_eq!(at(1_153_491_933_406_960_000), "1153491933.40696");
    }
}
