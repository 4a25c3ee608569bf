//! Metrics in the text format of Prometheus (exposition format 0.0.4).
//!
//! Data in: the pipeline's last status and the counters of service and API. Data out: text. Nothing
//! is kept here; every figure is read where it is counted. Names are `sensor_<part>_<noun>_<unit>`
//! in base units, and no label holds an address or a name from the wire.

mod aggregation;
pub mod http;
mod process;
pub(crate) mod samples;
mod sensor;
mod text;

use crate::service::Service;

/// All metrics of the sensor and its process.
pub fn render(service: &Service) -> String {
    let mut page = text::Page::default();
    sensor::about(&mut page, service);
    sensor::capture(&mut page, &service.live());
    aggregation::aggregation(&mut page, &service.live());
    samples::stages(&mut page, &service.live().counters);
    sensor::detector(&mut page, &service.live().detector);
    samples::service(&mut page, &service.counters());
    process::process(&mut page);
    page.finish()
}
