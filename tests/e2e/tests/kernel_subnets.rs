//! Subnet rules of the kernel program on live frames: changes of nested subnets take effect at once.

mod support;

use std::thread;

use anyhow::{Result, anyhow};
use sensor_agent::capture::Source;
use sensor_agent::capture::xdp::rules::{Action, FilterRule, Match};
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{MIRROR, TRAFFIC};

use support::{on_veth, polls};

const FRAMES: u16 = 7000;

fn subnet(net: &str, action: Action) -> Result<FilterRule> {
    Ok(FilterRule {
        what: Match::Subnet(net.parse()?),
        action,
    })
}

/// Each set leaves out what goes between 192.0.2.1 and 192.0.2.2, for another reason than the one
/// before: wherever a change writes one rule after the other, some frame comes up meanwhile.
fn sets() -> Result<[Vec<FilterRule>; 4]> {
    use Action::{Exclude, Include};
    Ok([
        vec![
            subnet("192.0.2.2/32", Include)?,
            subnet("192.0.2.1/32", Exclude)?,
        ],
        vec![
            subnet("192.0.2.1/32", Include)?,
            subnet("192.0.2.2/32", Exclude)?,
        ],
        vec![
            subnet("192.0.2.0/24", Include)?,
            subnet("192.0.2.0/31", Exclude)?,
        ],
        vec![subnet("203.0.113.0/24", Include)?],
    ])
}

#[test]
fn a_frame_that_every_set_of_rules_leaves_out_is_left_out_during_each_change() -> Result<()> {
    on_veth(|bench| {
        let sets = sets()?;
        let mut source = XdpSource::open(XdpSettings {
            rules: sets[0].clone(),
            ..XdpSettings::new(MIRROR)
        })?;
        let sent = polls(FRAMES);
        let injector = Injector::open(TRAFFIC)?;
        let mut changes = 0_u32;
        thread::scope(|scope| -> Result<()> {
            let sender =
                scope.spawn(|| injector.send_paced(sent.iter().map(Vec::as_slice), 10_000));
            while !sender.is_finished() {
                for set in &sets {
                    source.set_rules(set)?;
                    changes += 1;
                }
            }
            let sent = sender.join();
            sent.map_err(|_| anyhow!("the sender panicked"))??;
            Ok(())
        })?;
        assert!(changes > 10, "{changes} changes are no test");
        assert_eq!(bench.mirror_received()?, u64::from(FRAMES));
        let status = source.status();
        assert_eq!(status.handed_up, 0, "{status:?}");
        let left_out = ("subnet", u64::from(FRAMES));
        assert!(status.filtered.contains(&left_out), "{status:?}");
        Ok(())
    })
}
