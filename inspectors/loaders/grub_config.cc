#include "inspectors/loaders/grub_config.h"

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/loaders/loader_checks.h"

namespace bootproof::inspectors {

LoaderConfig read_grub_config(const LoaderWorld& world, const GrubStart& start,
                              Findings& findings) {
  LoaderConfig config;
  config.kind = LoaderKind::kGrub;
  LoaderFiles files(world, findings);
  GrubEvaluator(files, start, config, findings).run();
  judge_entries(config, world, findings);
  return config;
}

}  // namespace bootproof::inspectors
