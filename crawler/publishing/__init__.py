"""Publishing: the finished files of an output directory, copied to another place and verifiable there."""
