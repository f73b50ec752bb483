# The machine as a monitor saw it a moment ago: healthy.
sed -i "s/cpu_percent: null/cpu_percent: 45.2/; s/memory_percent: null/memory_percent: 62.1/
  s/load_average: null/load_average: 4.3/; s/disk_usage_percent: null/disk_usage_percent: 58/
  s/sampled_at: null/sampled_at: $(minutes_ago 0)/; s/max_load_average: .*/max_load_average: 16.0/" "$SLOTS"
