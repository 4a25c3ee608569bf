//! How long requests took, by route and status class.
//!
//! Counters are atomics that every worker adds to; the route label is the pattern, never the path,
//! so the number of series is bounded by the number of operations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::text::{Kind, Page};

/// Upper bounds of the buckets, in seconds.
const BOUNDS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Status classes: 1xx to 5xx.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Figures of one route.
#[derive(Debug, Default)]
struct Route {
    classes: [AtomicU64; CLASSES.len()],
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

/// Figures of all routes; the last one stands for requests that matched none.
#[derive(Debug)]
pub struct HttpMetrics {
    routes: Vec<Route>,
}

impl HttpMetrics {
    /// For so many routes.
    pub fn new(routes: usize) -> Self {
        let all = routes.saturating_add(1);
        Self {
            routes: std::iter::repeat_with(Route::default).take(all).collect(),
        }
    }

    /// Counts a request; `route` is `None` when no operation matched.
    pub fn record(&self, route: Option<usize>, status: u16, elapsed: Duration) {
        let route = route.and_then(|number| self.routes.get(number));
        let Some(route) = route.or_else(|| self.routes.last()) else {
            return;
        };
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = route.classes.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let seconds = elapsed.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound);
        if let Some(counter) = bucket.and_then(|number| route.buckets.get(number)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        route.microseconds.fetch_add(micros, Ordering::Relaxed);
        route.count.fetch_add(1, Ordering::Relaxed);
    }

    /// The figures as metrics; `labels` names the routes in the order of their numbers.
    pub fn render(&self, labels: &[String]) -> String {
        let mut page = Page::default();
        let named = || {
            let labels = labels.iter().map(String::as_str).chain(["unmatched"]);
            let used = |route: &&Route| route.count.load(Ordering::Relaxed) > 0;
            self.routes
                .iter()
                .zip(labels)
                .filter(move |(route, _)| used(route))
        };
        let name = "sensor_http_requests_total";
        page.family(name, Kind::Counter, "Requests answered, by status class.");
        for (route, label) in named() {
            for (class, counter) in CLASSES.iter().zip(&route.classes) {
                let count = counter.load(Ordering::Relaxed);
                if count > 0 {
                    page.sample(name, &[("route", label), ("status", class)], count);
                }
            }
        }
        let name = "sensor_http_request_duration_seconds";
        page.family(
            name,
            Kind::Histogram,
            "Time from request head to response head.",
        );
        for (route, label) in named() {
            histogram(&mut page, name, label, route);
        }
        page.finish()
    }
}

fn histogram(page: &mut Page, name: &str, label: &str, route: &Route) {
    let mut below: u64 = 0;
    for (bound, counter) in BOUNDS.iter().zip(&route.buckets) {
        below = below.saturating_add(counter.load(Ordering::Relaxed));
        let bound = bound.to_string();
        let labels = [("route", label), ("le", bound.as_str())];
        page.sample(&format!("{name}_bucket"), &labels, below);
    }
    // A request may be counted between the two reads; a bucket must not exceed the total.
    let count = route.count.load(Ordering::Relaxed).max(below);
    let labels = [("route", label), ("le", "+Inf")];
    page.sample(&format!("{name}_bucket"), &labels, count);
    let seconds = Duration::from_micros(route.microseconds.load(Ordering::Relaxed));
    page.sample(
        &format!("{name}_sum"),
        &[("route", label)],
        seconds.as_secs_f64(),
    );
    page.sample(&format!("{name}_count"), &[("route", label)], count);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_unknown_routes_share_a_label() {
        let http = HttpMetrics::new(1);
        http.record(Some(0), 200, Duration::from_micros(700));
        http.record(Some(0), 404, Duration::from_millis(7));
        http.record(Some(0), 200, Duration::from_mins(1));
        http.record(None, 404, Duration::ZERO);
        let text = http.render(&[String::from("GET /x")]);
        for line in [
            "sensor_http_requests_total{route=\"GET /x\",status=\"2xx\"} 2",
            "sensor_http_requests_total{route=\"GET /x\",status=\"4xx\"} 1",
            "sensor_http_requests_total{route=\"unmatched\",status=\"4xx\"} 1",
            "sensor_http_request_duration_seconds_bucket{route=\"GET /x\",le=\"0.001\"} 1",
            "sensor_http_request_duration_seconds_bucket{route=\"GET /x\",le=\"0.01\"} 2",
            "sensor_http_request_duration_seconds_bucket{route=\"GET /x\",le=\"5\"} 2",
            "sensor_http_request_duration_seconds_bucket{route=\"GET /x\",le=\"+Inf\"} 3",
            "sensor_http_request_duration_seconds_count{route=\"GET /x\"} 3",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "missing: {line}\n{text}"
            );
        }
    }
}
