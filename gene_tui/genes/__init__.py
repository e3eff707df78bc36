"""What a gene is called and known by: records, names, annotations, links."""
