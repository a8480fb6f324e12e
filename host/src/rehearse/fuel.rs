use std::collections::BTreeMap;

use super::report::Fuel;

/// The leading bits that are kept of a number: percentiles are exact to one percent.
const BITS: u32 = 7;

/// A histogram of the fuel of runs. Its size does not grow with the number of runs.
#[derive(Debug, Clone, Default)]
pub(super) struct FuelHistogram {
    buckets: BTreeMap<u32, u64>,
    runs: u64,
    max: u64,
    total: u64,
}

impl FuelHistogram {
    pub fn add(&mut self, fuel: u64) {
        *self.buckets.entry(bucket(fuel)).or_default() += 1;
        self.runs += 1;
        self.max = self.max.max(fuel);
        self.total = self.total.saturating_add(fuel);
    }

    pub fn merge(&mut self, other: &FuelHistogram) {
        for (bucket, runs) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += runs;
        }
        self.runs += other.runs;
        self.max = self.max.max(other.max);
        self.total = self.total.saturating_add(other.total);
    }

    pub fn sum(&self, budget: u64) -> Fuel {
        Fuel {
            p50: self.percentile(50),
            p90: self.percentile(90),
            p99: self.percentile(99),
            max: self.max,
            total: self.total,
            budget,
        }
    }

    /// Returns the fuel that `percent` of the runs did not exceed.
    fn percentile(&self, percent: u64) -> u64 {
        let wanted = (self.runs * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (bucket, runs) in &self.buckets {
            seen += runs;
            if seen >= wanted {
                return largest(*bucket).min(self.max);
            }
        }
        0
    }
}

/// Returns the bucket of a number. Numbers with the same leading bits share one.
fn bucket(fuel: u64) -> u32 {
    let spare = (u64::BITS - fuel.leading_zeros()).saturating_sub(BITS + 1);
    (spare << BITS) + (fuel >> spare) as u32
}

/// The largest number of a bucket.
fn largest(bucket: u32) -> u64 {
    let spare = (bucket >> BITS).saturating_sub(1);
    let leading = u64::from(bucket - (spare << BITS));
    let next = u128::from(leading + 1) << spare;
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact_to_one_percent() {
        let numbers = [
            0,
            1,
            127,
            128,
            255,
            256,
            257,
            1000,
            41_200,
            5_000_000,
            u64::MAX,
        ];
        for number in numbers {
            let largest = largest(bucket(number));
            assert!(largest >= number, "{number}: {largest}");
            assert!(largest - number <= number / 100, "{number}: {largest}");
        }
        let mut histogram = FuelHistogram::default();
        for fuel in 1..=1000 {
            histogram.add(fuel);
        }
        let fuel = histogram.sum(1);
        assert!((500..=505).contains(&fuel.p50), "{fuel:?}");
        assert!((990..=1000).contains(&fuel.p99), "{fuel:?}");
        assert_eq!((fuel.max, fuel.total), (1000, 500_500));
    }
}
